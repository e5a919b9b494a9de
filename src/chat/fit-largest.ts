/** What a platform takes only up to a size: the largest parts give way to a smaller form until all of it fits. Pure. */
export interface Fitted<Part> {
  readonly part: Part;
  readonly size: number;
  /** What stands in its place, and how large that is; undefined for a part that has no smaller form. */
  smaller(): { readonly part: Part; readonly size: number } | undefined;
}

/** In their order. What cannot be made to fit is left as small as it gets. */
export function fitLargest<Part>(parts: readonly Fitted<Part>[], room: number): readonly Part[] {
  let total = parts.reduce((sum, { size }) => sum + size, 0);
  const instead = new Map<Fitted<Part>, Part>();
  for (const fitted of parts.toSorted((a, b) => b.size - a.size)) {
    if (total <= room) break;
    const smaller = fitted.smaller();
    if (smaller === undefined) continue;
    instead.set(fitted, smaller.part);
    total -= fitted.size - smaller.size;
  }
  return parts.map((fitted) => instead.get(fitted) ?? fitted.part);
}
