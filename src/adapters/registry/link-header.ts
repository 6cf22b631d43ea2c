/**
 * The address of the next page in a `Link` header (RFC 8288): `</v2/x/tags/list?last=b9&n=100>; rel="next"`.
 * Null where there is none.
 */
export function nextPage(header: string | undefined): string | null {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(/<([^<>]*)>([^<]*)/g)) {
    const [, quoted, word] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters) ?? [];
    if ((quoted ?? word ?? '').toLowerCase().split(/\s+/).includes('next')) return target;
  }
  return null;
}
