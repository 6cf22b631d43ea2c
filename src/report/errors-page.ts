import { ERROR_CODES, type ErrorCode } from '../errors/codes.ts';
import { ERROR_FIXES } from '../errors/fixes.ts';
import { markdownTable } from './markdown-table.ts';

const ERROR_CODE_NAMES = Object.keys(ERROR_CODES) as ErrorCode[];

const EXIT_CODES = [
  [0, 'succeeded'],
  [1, 'failed'],
  [2, 'the command line or the configuration is wrong; nothing was begun'],
  [3, 'unstable: built and pushed, but a rollout whose failure is only a warning did not succeed'],
  [130, 'interrupted, canceled, or superseded by a newer automatic build'],
  [143, 'ended by SIGTERM'],
] as const;

/** The text of `docs/errors.md`: what each exit code and each error code means, and what to do. */
export function errorsPage(): string {
  const codes = ERROR_CODE_NAMES.map((code) => {
    const { exit, means } = ERROR_CODES[code];
    return [`\`${code}\``, String(exit), means, ERROR_FIXES[code]];
  });
  const exits = EXIT_CODES.map(([exit, means]) => [String(exit), means]);
  return [
    '# Errors',
    '',
    'Written by `scripts/generate-docs.ts` from `src/errors/codes.ts`.',
    '',
    '## Exit codes',
    '',
    ...markdownTable(['exit code', 'meaning'], exits),
    '',
    '## Error codes',
    '',
    'The `code` of an error in a result is stable: a script may decide by it. Its message may change. The error itself says',
    'more than this table: its hint (`→`) names the very command, file or key.',
    '',
    ...markdownTable(['code', 'exit code', 'meaning', 'what to do'], codes),
    '',
  ].join('\n');
}
