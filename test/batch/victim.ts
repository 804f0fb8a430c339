/** A process that is started again as often as it is killed. */
import { mobilenetv2, type Outcome } from "../cli/program.ts";

export class Victim {
  readonly #args: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  readonly #inside: readonly string[];
  #kill: (signal: NodeJS.Signals) => void = () => undefined;
  #end: Promise<Outcome> | undefined;

  /** @param inside - What starts the program. */
  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    inside: readonly string[] = [],
  ) {
    this.#args = args;
    this.#inside = inside;
    this.#environment = environment;
  }

  /** @param args - Others than at first. */
  start(args: readonly string[] = this.#args): Promise<Outcome> {
    this.#end = mobilenetv2(args, {
      environment: this.#environment,
      inside: this.#inside,
      onStart: (kill) => {
        this.#kill = kill;
      },
    });
    return this.#end;
  }

  async stop(signal: NodeJS.Signals): Promise<Outcome | undefined> {
    this.#kill(signal);
    return await this.#end;
  }
}
