/**
 * What git's own words (in the C locale) mean for us.
 *
 * - `login`: the server wants another login, or a login at all
 * - `hidden`: the server says that there is no such repository, or that this login may not know
 * - `branch`: the repository is there and the branch is not
 * - `commit`: the server does not give out the commit that was asked for by its hash
 * - `redirected`: the server sends us elsewhere, which was not allowed
 * - `host-key`: ssh does not know the server's key
 * - `certificate`: the server's certificate is not trusted here
 * - `unreachable`: no answer, no such host, or an answer of a server in trouble
 * - `damaged`: our own copy cannot be read
 * - `disk-full`, `unknown`
 */
export type GitFailureKind =
  | 'login'
  | 'hidden'
  | 'branch'
  | 'commit'
  | 'redirected'
  | 'host-key'
  | 'certificate'
  | 'unreachable'
  | 'damaged'
  | 'disk-full'
  | 'unknown';

/** First match wins: the reason comes before its consequences (a refused login ends in "could not read from remote"). */
const SIGNATURES: readonly (readonly [GitFailureKind, RegExp])[] = [
  ['disk-full', /No space left on device|Disk quota exceeded/],
  ['host-key', /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/],
  [
    'login',
    /Authentication failed for|could not read (?:Username|Password) for|Permission denied \(|HTTP Basic: Access denied/,
  ],
  ['login', /requested URL returned error: (?:401|403)|Invalid username or (?:password|token)/],
  ['redirected', /requested URL returned error: 30[12378]/],
  [
    'certificate',
    /SSL certificate problem|certificate verif|SSL: no alternative certificate|gnutls_handshake|error setting certificate/,
  ],
  ['branch', /couldn't find remote ref|Remote branch .* not found/],
  ['commit', /upload-pack: not our ref|Server does not allow request for unadvertised object/],
  ['hidden', /repository '.*' not found|Repository not found|project you were looking for could not be found/],
  [
    'hidden',
    /does not appear to be a git repository|requested URL returned error: (?:404|410)|repository '.*' does not exist/,
  ],
  ['hidden', /not valid: is this a git repository/],
  [
    'unreachable',
    /Could not resolve (?:host|proxy|hostname)|Name or service not known|Temporary failure in name resolution/,
  ],
  [
    'unreachable',
    /Failed to connect to|Couldn't connect to|Connection (?:refused|timed out|reset|closed)|No route to host|Network is unreachable/,
  ],
  [
    'unreachable',
    /Operation timed out|timed out after|requested URL returned error: (?:407|408|429|5\d\d)|Empty reply from server/,
  ],
  ['unreachable', /SSL_connect|SSL_ERROR|unexpected disconnect|the remote end hung up|RPC failed|early EOF/],
];

/** Looked for only in git's own lines: what the server says about itself begins with `remote:`. */
const DAMAGE =
  /object file .* is empty|loose object .* is corrupt|bad (?:tree |commit )?object|unable to (?:read sha1 file|read tree|unpack)|Could not (?:read|parse object)|unable to parse (?:object|commit)|failed to (?:read object|unpack tree|traverse parents)|missing (?:blob|tree|commit|object)|(?:pack|idx|index) ?file .*(?:far too short|too small|corrupt|cannot be accessed|cannot be mapped|invalid)|file .*\.(?:pack|idx) .*(?:too short|too small|corrupt|cannot|does not match)|packed object .* is corrupt|pack(?:file)? .* (?:is corrupted|is invalid|claims|does not match)|inflate: |garbage at end of|(?:bad|corrupt) (?:signature|index)|index file (?:corrupt|smaller)|bad config (?:line|file)|not a git repository|did not send all necessary objects|does not point to a valid object|(?:bad|broken) (?:ref|name)|unable to resolve reference|reference broken|unresolved deltas|not a valid object name|not a commit|unable to find|error: unable to read|hash mismatch|does not exist.*alternate|cannot read existing object|error reading section header/;

/** Pure: git's standard error to what it means. */
export function classifyGitFailure(stderr: string): GitFailureKind {
  for (const [kind, pattern] of SIGNATURES) if (pattern.test(stderr)) return kind;
  return DAMAGE.test(ownLines(stderr)) ? 'damaged' : 'unknown';
}

function ownLines(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !line.startsWith('remote: '))
    .join('\n');
}

const EVIDENCE_LINES = 6;

/** The lines that say what went wrong: without progress, blank lines and repetitions, the last six. */
export function evidenceOf(stderr: string): readonly string[] {
  const lines = stderr
    .split('\n')
    // A progress line repaints itself with carriage returns; only its last state counts.
    .map((line) => (line.split('\r').findLast((part) => part.trim() !== '') ?? '').trim())
    .filter((line) => line !== '' && !PROGRESS.test(line));
  return [...new Set(lines)].slice(-EVIDENCE_LINES);
}

const PROGRESS =
  /^(?:remote: )?(?:Enumerating|Counting|Compressing|Receiving|Unpacking|Writing|Updating|Total|Resolving|Checking)\b.*(?:\d+%|\d+, done|delta|\(\d+\/\d+\))/;

/** `Receiving objects: 45%` out of a chunk of progress; null where it holds none. */
export function progressOf(chunk: string): string | null {
  const last = chunk.split(/[\r\n]/).findLast((part) => PROGRESS.test(part.trim()));
  const match = /^(?:remote: )?(?<what>[A-Z][a-z]+ [a-z]+): +(?<percent>\d+%)/.exec((last ?? '').trim());
  const { what, percent } = match?.groups ?? {};
  return what === undefined || percent === undefined ? null : `${what.toLowerCase()} ${percent}`;
}

/** A git call that ended badly, before it is said to a person in the words of the caller. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  readonly kind: GitFailureKind;
  readonly stderr: string;

  constructor(
    command: string,
    end: { readonly exitCode: number | null; readonly stderr: string; readonly timedOutMs: number | null },
  ) {
    const how =
      end.timedOutMs === null
        ? `ended with ${end.exitCode ?? 'a signal'}`
        : `did not end within ${end.timedOutMs / 1000} s`;
    super(`git ${command} ${how}`);
    this.kind = end.timedOutMs === null ? classifyGitFailure(end.stderr) : 'unreachable';
    this.stderr = end.timedOutMs === null ? end.stderr : `${end.stderr}\n${this.message}`;
  }
}
