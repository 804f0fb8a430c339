/** How well the pictures of one class come before all others, by the scores that they got for it. */

/**
 * The area under precision over recall, step by step, as scikit-learn's `average_precision_score`: samples
 * of equal scores are one step. Null without a positive.
 */
export function rankedPrecision(
  scores: readonly number[],
  truths: readonly number[],
): number | null {
  const order = scores.map((_, at) => at).sort((a, b) => scores[b]! - scores[a]!);
  const positives = truths.filter((truth) => truth > 0).length;
  if (positives === 0) return null;
  let [found, before, area] = [0, 0, 0];
  for (const [rank, at] of order.entries()) {
    if (truths[at]! > 0) found++;
    const next = order[rank + 1];
    if (next !== undefined && scores[next] === scores[at]) continue;
    area += ((found - before) / positives) * (found / (rank + 1));
    before = found;
  }
  return area;
}
