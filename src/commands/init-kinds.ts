/** The kinds of service that there are central Dockerfiles for. */
export type ServiceKind = 'python' | 'rust' | 'next' | 'station';

export interface KindFacts {
  /** In words: `a Python service`. */
  readonly title: string;
  /** Folder of `dockerfiles`. */
  readonly folder: string;
  readonly dockerfile: string;
  /** Port that the Dockerfile says. */
  readonly port: number;
  /** True where the Dockerfile starts the server itself, on its own port whatever the source says. */
  readonly decidesPort: boolean;
}

export const KINDS: Readonly<Record<ServiceKind, KindFacts>> = {
  python: {
    title: 'a Python service',
    folder: 'xgen-python',
    dockerfile: 'Dockerfile.local',
    port: 8000,
    decidesPort: true,
  },
  rust: {
    title: 'a Rust service',
    folder: 'xgen-backend-gateway',
    dockerfile: 'Dockerfile',
    port: 8080,
    decidesPort: false,
  },
  next: {
    title: 'a Next.js service',
    folder: 'xgen-frontend',
    dockerfile: 'Dockerfile.local',
    port: 3000,
    decidesPort: true,
  },
  station: {
    title: 'a Python service with tools of Node.js',
    folder: 'xgen-mcp-station',
    dockerfile: 'Dockerfile.local',
    port: 8000,
    decidesPort: false,
  },
};
