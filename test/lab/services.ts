import type { InfraContent } from './infra-content.ts';
import type { FileContent } from './repositories.ts';

/** The six services of the lab, as in the example configuration, with Dockerfiles that need nothing but busybox. */
export const SERVICES = {
  'xgen-frontend': { dockerfile: 'dockerfiles/xgen-frontend/Dockerfile.local', port: 3000, healthCheck: '/' },
  'xgen-backend-gateway': {
    dockerfile: 'dockerfiles/xgen-backend-gateway/Dockerfile',
    port: 8080,
    healthCheck: '/health',
  },
  'xgen-core': { dockerfile: 'dockerfiles/xgen-python/Dockerfile.local', port: 8000, healthCheck: '/health' },
  'xgen-workflow': { dockerfile: 'dockerfiles/xgen-python/Dockerfile.local', port: 8000, healthCheck: '/health' },
  'xgen-documents': { dockerfile: 'dockerfiles/xgen-python/Dockerfile.local', port: 8000, healthCheck: '/health' },
  'xgen-mcp-station': { dockerfile: 'dockerfiles/xgen-mcp-station/Dockerfile.local', port: 8000, healthCheck: '/' },
} as const;

export type ServiceName = keyof typeof SERVICES;
export const SERVICE_NAMES = Object.keys(SERVICES) as ServiceName[];

export const SITES = ['main', 'lotteimall', 'aww'] as const;

/**
 * What a service's repository holds at first. `/health` answers `SERVICE SITE 1`; `www/health` is the file to change for
 * another answer, to remove for a service that never gets healthy; `start.sh` is what the container runs.
 */
export function sourceOf(service: ServiceName, site: string): Record<string, FileContent> {
  return {
    'www/index.html': `<h1>${service}</h1>\n`,
    'www/health': `${service} ${site} 1\n`,
    'start.sh': `exec httpd -f -p ${SERVICES[service].port} -h /srv/app/www\n`,
    'README.md': `# ${service}\n`,
  };
}

/** The Dockerfiles of the infra repository, and the files beside them. */
export function dockerfiles(): Record<string, string | { readonly program: string }> {
  return {
    'dockerfiles/xgen-frontend/Dockerfile.local': dockerfile(3000),
    'dockerfiles/xgen-backend-gateway/Dockerfile': dockerfile(8080),
    'dockerfiles/xgen-python/Dockerfile.local': dockerfile(8000),
    'dockerfiles/xgen-python/.dockerignore': '*.md\n.git\n',
    'dockerfiles/xgen-mcp-station/Dockerfile.local': `${dockerfile(8000)}COPY entrypoint.sh /entrypoint.sh\nENTRYPOINT ["/entrypoint.sh"]\n`,
    'dockerfiles/xgen-mcp-station/.dockerignore': '*.md\n.git\n',
    'dockerfiles/xgen-mcp-station/entrypoint.sh': { program: '#!/bin/sh\nexec "$@"\n' },
  };
}

/** The services of a lab where nothing else is asked for. */
export const BUSYBOX_CONTENT: InfraContent = {
  services: SERVICES,
  sourceOf: (service, site) => sourceOf(service as ServiceName, site),
  files: dockerfiles(),
};

/** A program that is process 1 and has no handler ignores SIGTERM: without STOPSIGNAL each stop would take 10 s. */
function dockerfile(port: number): string {
  return `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
WORKDIR /srv/app
COPY . .
ARG TARGETARCH
RUN echo "built for \${TARGETARCH:-nothing}" > built.txt
STOPSIGNAL SIGKILL
EXPOSE ${port}
CMD ["sh", "start.sh"]
`;
}

/**
 * A step of a Dockerfile that prints `megabytes` of lines. It pauses after each 64 KB: Engine 20.10 sends empty statuses
 * for ever once more than 1 MiB of log waits to be sent at a time (seen by listening on its socket).
 */
export function longLogStep(megabytes: number): string {
  const line = 'a line of a log that somebody will want to read when the build fails at night';
  return `RUN yes '${line}' | head -c 65536 > /tmp/lines && for i in $(seq ${megabytes * 16}); do cat /tmp/lines; echo " part $i"; sleep 0.03; done`;
}
