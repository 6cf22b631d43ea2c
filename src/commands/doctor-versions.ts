/** How a version is judged: good, old but likely to do, or unusable. `null`: the text names no version. */
export type VersionVerdict = 'ok' | 'old' | 'refused' | null;

/** `2.39.5` as numbers; null for text that does not begin with a version. */
export function parseVersion(text: string): readonly number[] | null {
  const match = /^v?(?<version>\d+(?:\.\d+)*)/.exec(text)?.groups?.['version'];
  return match === undefined ? null : match.split('.').map(Number);
}

/** True where `version` is `least` or newer. Numbers that are not there count as 0. */
export function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  const length = Math.max(version.length, least.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (version[index] ?? 0) - (least[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** `engines` of package.json: ^22.22.3 || >=24.15. */
export const NODE_RANGE = '22.22.3 or a newer 22, or 24.15 or newer';

export function judgeNode(text: string): VersionVerdict {
  const version = parseVersion(text);
  if (version === null) return null;
  const isLts = version[0] === 22 && isAtLeast(version, [22, 22, 3]);
  return isLts || isAtLeast(version, [24, 15]) ? 'ok' : 'refused';
}

/**
 * Git 2.32 is the first that heeds GIT_CONFIG_GLOBAL (before it the user's own configuration would be read) and that
 * knows `repack --geometric`.
 */
export const LEAST_GIT = '2.32';

export function judgeGit(text: string): VersionVerdict {
  const version = parseVersion(text);
  if (version === null) return null;
  return isAtLeast(version, [2, 32]) ? 'ok' : 'refused';
}

/** Builds are tested from Docker 20.10 on; 18.09 is the first that has BuildKit's session at all. */
export const LEAST_ENGINE = '20.10';

export function judgeEngine(text: string): VersionVerdict {
  const version = parseVersion(text.replace(/^docker /, ''));
  // Builds of Docker's main branch are called `0.0.0-20260101…` or `dev`.
  if (version === null || version[0] === 0) return null;
  if (!isAtLeast(version, [18, 9])) return 'refused';
  return isAtLeast(version, [20, 10]) ? 'ok' : 'old';
}
