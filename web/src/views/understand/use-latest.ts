/** Answers to what changes faster than it is answered: one question at a time, the newest next. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../../engine/engine-api.ts";
import { failureOf } from "../../engine/failure.ts";

interface Latest<T> {
  readonly value?: T;
  readonly failure?: Failure;
}

/**
 * The answer to the newest question that has one.
 *
 * @param key - Another one is another question; undefined is none.
 */
export function useLatest<T>(ask: () => Promise<T>, key: string | undefined): Latest<T> {
  const [state, setState] = useState<Latest<T>>({});
  const wanted = useRef({ ask, key });
  wanted.current = { ask, key };
  const busy = useRef(false);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  useEffect(() => {
    const answer = async (): Promise<void> => {
      busy.current = true;
      let answered: string | undefined;
      while (here.current && wanted.current.key !== answered) {
        const now = wanted.current;
        answered = now.key;
        if (now.key === undefined) break;
        const next = await now.ask().then(
          (value): Latest<T> => ({ value }),
          (error: unknown): Latest<T> => ({ failure: failureOf(error) }),
        );
        if (here.current) setState(next);
      }
      busy.current = false;
    };
    if (key !== undefined && !busy.current) void answer();
  }, [key]);
  return state;
}
