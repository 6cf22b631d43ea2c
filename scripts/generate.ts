/** Writes every file that is made from code; with `--check`, ends with 1 where one is out of date. */
await import('./generate-schemas.ts');
await import('./generate-docs.ts');
