/** Work of one panel: one thing at a time, its progress, and in words what came of it. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { listener } from "../engine/engine.ts";
import type { Failure, OnLoaded } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { FailureNotice, Progress } from "../parts/notices.tsx";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";

/** What is being done, with how much of it is done. */
interface Work {
  readonly label: string;
  readonly share?: number | undefined;
}

/** What a panel does with its work. */
interface PanelWork {
  /** Does something unless something is being done already; what it returns is said. */
  attempt(label: string, doIt: (onLoaded: OnLoaded) => Promise<string>): Promise<void>;
  /** Progress, what was said last, or why it failed. */
  readonly notices: VNode;
}

/** @param say - Says something to those who hear the page. */
export function useWork(say: (words: string) => void): PanelWork {
  const text = read(teachText);
  const [work, setWork] = useState<Work>();
  const [told, setTold] = useState("");
  const [failure, setFailure] = useState<Failure>();
  return {
    attempt: async (label, doIt) => {
      if (work !== undefined) return;
      setFailure(undefined);
      setTold("");
      setWork({ label });
      const onLoaded = listener((done: number, total: number | undefined) => {
        setWork((now) => now && { ...now, share: total === undefined ? undefined : done / total });
      });
      try {
        const words = await doIt(onLoaded);
        setTold(words);
        say(words);
      } catch (error) {
        setFailure(failureOf(error));
      } finally {
        setWork(undefined);
      }
    },
    notices: (
      <>
        {work && <Progress label={work.label} share={work.share} />}
        {told !== "" && <p>{told}</p>}
        {failure && <FailureNotice failure={failure} words={text.failures} />}
      </>
    ),
  };
}
