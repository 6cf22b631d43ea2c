import { UsageError } from '../errors/xgen-error.ts';
import { quote } from '../values/quote.ts';
import { closest } from '../values/suggest.ts';

/**
 * The services that `--only` and `--except` leave, in the order of the configuration. Patterns are names with `*` and
 * `?`. Throws USAGE for a pattern that is no service's, with the one that was probably meant, and where none is left.
 */
export function selectServices(
  services: readonly string[],
  { only, except }: { readonly only: readonly string[]; readonly except: readonly string[] },
): readonly string[] {
  for (const [option, patterns] of [['--only', only] as const, ['--except', except] as const]) {
    for (const pattern of patterns) requireMatch(services, option, pattern);
  }
  const chosen = services.filter((name) => only.length === 0 || only.some((pattern) => matches(name, pattern)));
  const left = chosen.filter((name) => !except.some((pattern) => matches(name, pattern)));
  if (left.length > 0) return left;
  throw new UsageError({
    code: 'USAGE',
    message: services.length === 0 ? 'services.yaml has no services' : '--only and --except leave no service',
    hint: services.length === 0 ? 'add one to config/services.yaml' : `services.yaml has ${services.join(', ')}`,
  });
}

/** `a, b` as two patterns. */
export function readPatterns(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function requireMatch(services: readonly string[], option: string, pattern: string): void {
  if (services.some((name) => matches(name, pattern))) return;
  const near = closest(pattern, services);
  const list = services.length === 0 ? 'services.yaml has none' : `services.yaml has ${services.join(', ')}`;
  throw new UsageError({
    code: 'USAGE',
    message: `${option} ${quote(pattern)} is no service of services.yaml`,
    hint: near === null ? list : `did you mean ${near}? ${list}`,
  });
}

function matches(name: string, pattern: string): boolean {
  const text = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, (character) => {
    if (character === '*') return '.*';
    return character === '?' ? '.' : `\\${character}`;
  });
  return new RegExp(`^${text}$`).test(name);
}
