/** The architectures a build can be for, in the registry's own words (GOARCH). */
export const ARCHES = ['amd64', 'arm64'] as const;
export type Arch = (typeof ARCHES)[number];

/** What BuildKit and image configurations call a platform: operating system and architecture. */
export type Platform = `linux/${Arch}`;

export function platformOf(arch: Arch): Platform {
  return `linux/${arch}`;
}
