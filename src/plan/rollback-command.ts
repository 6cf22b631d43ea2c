import { shellWord } from '../values/shell-word.ts';

export interface RollbackTo {
  readonly service: string;
  readonly site: string;
  readonly env: string;
  /** Null: the last one that ran well there. */
  readonly number: number | null;
  readonly arch?: string;
  readonly registry?: string;
  /** Another site's image runs there since. */
  readonly switchSite?: boolean;
}

/**
 * The line to paste that brings an image back: `xgen-build rollback xgen-core --site lotteimall --env dev --to b41`.
 * Options that are at their defaults are left out, the site and the environment never.
 */
export function rollbackCommand(to: RollbackTo): string {
  const words = [
    'xgen-build',
    'rollback',
    to.service,
    '--site',
    to.site,
    '--env',
    to.env,
    ...(to.number === null ? [] : ['--to', `b${String(to.number)}`]),
    ...(to.arch === undefined || to.arch === 'amd64' ? [] : ['--arch', to.arch]),
    ...(to.registry === undefined || to.registry === 'nexus' ? [] : ['--registry', to.registry]),
    ...(to.switchSite === true ? ['--switch-site'] : []),
  ];
  return words.map((word) => shellWord(word)).join(' ');
}
