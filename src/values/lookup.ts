/**
 * The entry of a record under a key that came from outside. A service may be called `constructor`, and asking for
 * `toString` must not find what every object inherits.
 */
export function lookup<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
