/** What people hear of machines that lack what a job needs: each reason once, however often it comes. */
export class RefusalNotes {
  readonly #told = new Set<string>();

  tell(reason: string, onNote: ((note: string) => void) | undefined): void {
    if (this.#told.has(reason)) return;
    this.#told.add(reason);
    onNote?.(`left to other workers: ${reason}`);
  }
}
