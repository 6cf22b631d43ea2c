/**
 * The address of the next page in a `Link` header (RFC 8288): `</v2/x/tags/list?last=b9&n=100>; rel="next"`.
 * Null where there is none.
 */
export function nextPage(header: string | undefined): string | null {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*"?(?:[^",;]*\s)?next(?:\s[^",;]*)?"?/i.test(parameters)) return target;
  }
  return null;
}
