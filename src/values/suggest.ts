/** Longer input is nobody's typing mistake, and the distance costs the product of both lengths. */
const LONGEST_COMPARED = 80;

/**
 * The choice that was probably meant: the one fewest typing mistakes away (at most a third of its letters), else the
 * only one that begins or ends with what was typed (`core` for `xgen-core`). Null where nothing is close.
 */
export function closest(given: string, choices: readonly string[]): string | null {
  if (given === '' || given.length > LONGEST_COMPARED) return null;
  const wanted = given.toLowerCase();
  const ranked = choices
    .map((choice) => ({ choice, distance: editDistance(wanted, choice.toLowerCase()) }))
    .filter(({ choice, distance }) => distance <= Math.max(1, Math.floor(choice.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best !== undefined) return best.choice;
  const partial = choices.filter((choice) => choice.endsWith(wanted) || choice.startsWith(wanted));
  return wanted.length >= 3 && partial.length === 1 ? (partial[0] ?? null) : null;
}

/** `, did you mean "xgen-core"?` for the end of a message, or nothing. */
export function didYouMean(given: string, choices: readonly string[]): string {
  const choice = closest(given, choices);
  return choice === null ? '' : `, did you mean "${choice}"?`;
}

/** Insertions, deletions, replacements and swapped neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Number.POSITIVE_INFINITY;
}
