import { CONFIG_FILES } from './not-built-yet.ts';
import { formatPath, type PlacedFault } from './fault.ts';

/**
 * In the order of the files, and one mistake once: a fault in a part that is used through an alias or a merge key is
 * said at its first use alone, and a misspelt key is not said to be missing as well.
 */
export function tidyFaults(faults: readonly PlacedFault[]): PlacedFault[] {
  const meant = new Set(faults.flatMap((fault) => (fault.meant === undefined ? [] : [keyOf(fault.file, fault.meant)])));
  const seen = new Set<string>();
  return faults
    .filter((fault) => fault.isMissing !== true || !meant.has(keyOf(fault.file, fault.path)))
    .sort((a, b) => orderOf(a) - orderOf(b))
    .filter((fault) => {
      const whatAndWhere = `${fault.file} ${fault.offset ?? 'file'} ${fault.isMissing === true ? formatPath(fault.path) : ''} ${fault.message}`;
      const isNew = !seen.has(whatAndWhere);
      seen.add(whatAndWhere);
      return isNew;
    });
}

function keyOf(file: string, path: PlacedFault['path']): string {
  return JSON.stringify([file, ...path]);
}

function orderOf(fault: PlacedFault): number {
  return CONFIG_FILES.indexOf(fault.file) * 1e9 + (fault.offset ?? -1);
}
