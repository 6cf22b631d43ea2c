/** What a registry wants to see, from the `WWW-Authenticate` header of a 401. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string | null;
    };

/**
 * Reads a `WWW-Authenticate` header (RFC 9110, 11.6.1): one or more challenges, parameters as tokens or quoted. Bearer
 * is preferred where both are offered. Null where neither is.
 */
export function parseChallenge(header: string): Challenge | null {
  const found = splitChallenges(header.slice(0, 8192));
  const bearer = found.find((one) => one.scheme === 'bearer' && one.parameters.has('realm'));
  if (bearer !== undefined) {
    const { parameters } = bearer;
    return {
      scheme: 'bearer',
      realm: parameters.get('realm') ?? '',
      service: parameters.get('service') ?? null,
    };
  }
  return found.some((one) => one.scheme === 'basic') ? { scheme: 'basic' } : null;
}

interface RawChallenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

function splitChallenges(header: string): readonly RawChallenge[] {
  const challenges: RawChallenge[] = [];
  // Either `name=value` (quoted or not), or a word alone, which begins a challenge.
  const part = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;
  for (const [, name = '', quoted, token] of header.matchAll(part)) {
    if (quoted === undefined && token === undefined) {
      challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
      continue;
    }
    const value = quoted === undefined ? (token ?? '') : quoted.replaceAll(/\\(.)/g, '$1');
    challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
  }
  return challenges;
}
