import { parseImage } from './image-reference.ts';

/**
 * The site whose image this is, read from the path `{project}/{site}/{service}`. Null where the path does not tell: an
 * image of another project or service, one without a site in its path (local registries), or text that is no image.
 * `own` is the path of the service's own image in the target; its first part is the project.
 */
export function siteOfImage(image: string, own: { readonly path: string; readonly service: string }): string | null {
  const parsed = parseImage(image);
  if (parsed === null) return null;
  const [project, site, service, ...rest] = parsed.path.split('/');
  if (site === undefined || service !== own.service || rest.length > 0) return null;
  return project === own.path.split('/')[0] ? site : null;
}
