/** Each layer on top of those before it. */
export function stacked(layers: readonly (readonly number[])[]): number[][] {
  const sums: number[][] = [];
  for (const layer of layers) {
    const below = sums.at(-1);
    sums.push(layer.map((value, index) => value + (below?.[index] ?? 0)));
  }
  return sums;
}
