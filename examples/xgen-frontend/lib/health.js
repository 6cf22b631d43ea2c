/** What `/health` answers; the image brings site and commit. */
export function healthOf(environment) {
  return {
    service: 'xgen-frontend',
    status: 'ok',
    site: environment.APP_SITE ?? '',
    commit: environment.APP_COMMIT ?? '',
  };
}
