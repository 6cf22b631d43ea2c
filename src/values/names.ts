import { UsageError } from '../errors/xgen-error.ts';
import { quote } from './quote.ts';

/** The rule of the place that a name goes to. */
export interface NameRule {
  /** With its article: `a site`. */
  readonly what: string;
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** What the pattern allows, in words. */
  readonly allows: string;
  /** A reason that a pattern cannot say; null where there is none. */
  readonly refuses?: (text: string) => string | null;
}

/** One component of an image's path (OCI distribution, "name"). */
const IMAGE_PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
/** A Kubernetes label (RFC 1123); also a valid component of an image's path and of a compose project. */
const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const DNS_LABEL_ALLOWS = 'lower-case letters, digits, and "-" between them';
const IMAGE_PATH_ALLOWS = 'lower-case letters and digits, with single ".", "_" or "-" between them';
/** Letters of any script: git allows them, and no shell reads them as its own. */
const BRANCH_CHARACTERS = /^[\p{L}\p{N}_@+=.][\p{L}\p{N}_@+=./-]*$/u;
const REPOSITORY_PATH = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

/** A site is a branch, a folder of images and a folder in the cache. */
export const SITE_NAME: NameRule = {
  what: 'a site',
  pattern: IMAGE_PATH_COMPONENT,
  maxLength: 63,
  allows: IMAGE_PATH_ALLOWS,
  refuses: (text) => (text.endsWith('.lock') ? 'git takes no branch that ends in ".lock"' : null),
};
/** A service is an image's name, a deployment and a container. */
export const SERVICE_NAME: NameRule = {
  what: 'a service',
  pattern: DNS_LABEL,
  maxLength: 63,
  allows: DNS_LABEL_ALLOWS,
};
/** `both` is the word for dev then prd. */
export const ENVIRONMENT_NAME: NameRule = {
  what: 'an environment',
  pattern: DNS_LABEL,
  maxLength: 40,
  allows: DNS_LABEL_ALLOWS,
  refuses: (text) => (text === 'both' ? '"both" means dev then prd' : null),
};
export const PROJECT_NAME: NameRule = {
  what: 'a project',
  pattern: IMAGE_PATH_COMPONENT,
  maxLength: 63,
  allows: IMAGE_PATH_ALLOWS,
};
/** By `git check-ref-format`, without what a shell or an option parser could take for its own. */
export const BRANCH_NAME: NameRule = {
  what: 'a branch',
  pattern: BRANCH_CHARACTERS,
  maxLength: 200,
  allows: 'letters, digits and . _ - + = @ with "/" between parts',
  refuses: branchProblem,
};
/** A group or a repository below the git server's address. */
export const REPOSITORY_NAME: NameRule = {
  what: 'a repository or group',
  pattern: REPOSITORY_PATH,
  maxLength: 200,
  allows: 'letters, digits and . _ - with "/" between groups',
  refuses: (text) => (/\.(?:git|lock)(?:\/|$)/.test(text) ? 'it is written without ".git"' : null),
};
/** The moving tag before `-amd64` (OCI allows 128 characters in all). */
export const TAG_NAME: NameRule = {
  what: 'a tag',
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/,
  maxLength: 122,
  allows: 'letters, digits, and . _ - after the first',
  // `b42-amd64` is never rewritten, and a moving tag is rewritten by every build.
  refuses: (text) => (/^b\d+$/.test(text) ? 'b and a number is the tag of one build, which never moves' : null),
};
export const KUBERNETES_NAME: NameRule = {
  what: 'a Kubernetes object',
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
  maxLength: 253,
  allows: 'lower-case letters and digits, with "-" or "." between them',
};
export const KUBERNETES_LABEL: NameRule = {
  what: 'a Kubernetes namespace or container',
  pattern: DNS_LABEL,
  maxLength: 63,
  allows: DNS_LABEL_ALLOWS,
};
export const COMPOSE_PROJECT: NameRule = {
  what: 'a compose project',
  pattern: /^[a-z0-9][a-z0-9_-]*$/,
  maxLength: 128,
  allows: 'lower-case letters, digits, "_" and "-"',
};
/** It becomes part of an environment variable's name and a file name. */
export const CREDENTIAL_ID: NameRule = {
  what: 'a credentialId',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  maxLength: 100,
  allows: 'letters, digits, and . _ - after the first',
};
/** BuildKit mounts it at `/run/secrets/ID`. */
export const SECRET_ID: NameRule = {
  what: 'the id of a secret',
  pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]*$/,
  maxLength: 100,
  allows: 'letters, digits, and . _ - after the first',
};
export const VARIABLE_NAME: NameRule = {
  what: 'a variable',
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  maxLength: 200,
  allows: 'letters, digits and "_", not a digit first',
};
export const BUILD_ARGUMENT: NameRule = {
  ...VARIABLE_NAME,
  what: 'a build argument',
  refuses: (text) => (text === 'TARGETARCH' ? 'TARGETARCH is set by --arch' : null),
};
export const STAGE_NAME: NameRule = {
  what: 'a Dockerfile stage',
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
  maxLength: 128,
  allows: 'letters, digits, and . _ - after the first',
};
export const CONTEXT_NAME: NameRule = {
  what: 'a kubeconfig context',
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.@:/-]*$/,
  maxLength: 253,
  allows: 'letters, digits and . _ - @ : /',
};

/** Why a text cannot be such a name, for the end of a sentence (`it begins with "-"`); null where it can. */
export function nameProblem(rule: NameRule, text: string): string | null {
  if (text === '') return 'it is empty';
  if (text.length > rule.maxLength) return `it is longer than ${rule.maxLength} characters`;
  const danger = dangerIn(text);
  if (danger !== null) return danger;
  if (!rule.pattern.test(text)) return `allowed are ${rule.allows}`;
  return rule.refuses?.(text) ?? null;
}

/** `"a b" cannot be a site: it holds a space`, or null. */
export function describeNameProblem(rule: NameRule, text: string): string | null {
  const problem = nameProblem(rule, text);
  return problem === null ? null : `${quote(text)} cannot be ${rule.what}: ${problem}`;
}

/** Throws NAME_REFUSED for a text that breaks the rule. */
export function requireName(rule: NameRule, text: string): void {
  const message = describeNameProblem(rule, text);
  if (message !== null) throw new UsageError({ code: 'NAME_REFUSED', message, hint: `Allowed are ${rule.allows}.` });
}

/** What no name may hold, wherever it goes: options, parent folders, control characters, spaces, a shell's own. */
function dangerIn(text: string): string | null {
  if (text.startsWith('-')) return 'it begins with "-"';
  if (text.includes('..')) return 'it holds ".."';
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return 'it holds a control character';
  if (/\s/u.test(text)) return 'it holds a space';
  const special = /["$&'()*;<>?[\\\]`{|}~!#%^]/.exec(text);
  return special === null ? null : `it holds ${quote(special[0])}`;
}

function branchProblem(text: string): string | null {
  const parts = text.split('/');
  if (parts.includes('')) return 'it has an empty part between or after "/"';
  if (parts.some((part) => part.startsWith('.') || part.endsWith('.'))) return 'a part of it begins or ends with "."';
  if (parts.some((part) => part.endsWith('.lock'))) return 'git takes no branch that ends in ".lock"';
  return text === '@' || text === 'HEAD' ? 'git keeps that name for itself' : null;
}
