import type { FileContent } from './repositories.ts';

/** What an infra holds: which services there are, the first commit of each, and the central Dockerfiles. */
export interface InfraContent {
  /** By name, as in services.yaml; `repo` is the name. */
  readonly services: Readonly<
    Record<string, { readonly dockerfile: string; readonly port: number; readonly healthCheck: string }>
  >;
  /** What the branch of a site holds. */
  sourceOf(service: string, site: string): Readonly<Record<string, FileContent>>;
  /** Files of the infra repository, by path. */
  readonly files: Readonly<Record<string, FileContent>>;
}
