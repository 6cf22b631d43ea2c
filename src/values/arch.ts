/** The architectures a build can be for, in the registry's own words (GOARCH). */
export const ARCHES = ['amd64', 'arm64'] as const;
export type Arch = (typeof ARCHES)[number];

/** What BuildKit and image configurations call a platform: operating system and architecture. */
export type Platform = `linux/${Arch}`;

export function platformOf(arch: Arch): Platform {
  return `linux/${arch}`;
}

/** `linux/arm64/v8`, `linux/arm64` and `arm64` mean the same machine here. */
export function shortPlatform(platform: string): string {
  const parts = platform.split('/');
  return parts.length === 1 ? `linux/${platform}` : parts.slice(0, 2).join('/');
}
