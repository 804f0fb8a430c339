/**
 * The child's side of `childProcesses`: one request at a time. It is a process and no thread, because a
 * decoder's crash or a machine that is out of memory ends all threads at once; the one that started it sees
 * it die and stays. It ends when nobody is left to tell.
 */
import { describeError, MobileNetError } from "../errors.ts";
import type { ChildMessage } from "./child-messages.ts";

/**
 * Answers requests until the parent is gone.
 *
 * @param work - Does one; `alive` is to be called now and then.
 */
export function serveRequests<Request>(
  work: (request: Request, alive: () => void) => Promise<void>,
): void {
  const tell = (message: ChildMessage): void => {
    process.send?.(message);
  };
  const answer = async (request: Request): Promise<void> => {
    try {
      await work(request, () => tell({ kind: "alive" }));
      tell({ kind: "done" });
    } catch (error) {
      const known =
        error instanceof MobileNetError
          ? error
          : new MobileNetError("internal", "work could not be done", {
              received: describeError(error),
            });
      tell({ kind: "failed", error: known.toJSON() });
    }
  };
  process.on("message", (request: Request) => void answer(request));
  // Ctrl-C goes to all processes of a terminal; the one that started this one says when it ends.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => process.exit(0));
}

/** What was opened last, kept as long as the same is asked for. */
export class LastOpened<Opened extends { dispose(): void }> {
  #held: { readonly key: string; readonly opened: Promise<Opened> } | undefined;

  /** What is open under a key, else what `open` gives; what was open before is disposed. */
  async get(key: string, open: () => Promise<Opened>): Promise<Opened> {
    if (this.#held?.key === key) return await this.#held.opened;
    await this.close();
    const held = { key, opened: open() };
    this.#held = held;
    try {
      return await held.opened;
    } catch (error) {
      this.#held = undefined;
      throw error;
    }
  }

  /** Disposes what is open. */
  async close(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    (await held?.opened.catch(() => undefined))?.dispose();
  }
}
