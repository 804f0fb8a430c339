/** Measurements that take a while: begun and stopped by a button, with how far they are. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { engine, listener } from "../../engine/engine.ts";
import type { Failure } from "../../engine/engine-api.ts";
import { failureOf } from "../../engine/failure.ts";
import type { OnShare } from "../../engine/understand-api.ts";
import { FailureNotice, Progress } from "../../parts/notices.tsx";
import { read } from "../../text/language.ts";
import { measureText } from "../../text/understand-measures.ts";

interface State {
  /** While it goes on. */
  readonly share?: number;
  readonly failure?: Failure;
  readonly stopped?: boolean;
}

interface Measuring extends State {
  readonly begin: () => void;
  readonly stop: () => void;
}

/** A measurement; who leaves the part ends it. */
export function useMeasuring(measure: (onShare: OnShare) => Promise<void>): Measuring {
  const [state, setState] = useState<State>({});
  const going = useRef(false);
  const here = useRef(true);
  const stop = (): void => {
    if (going.current)
      engine()
        .stopMeasuring()
        .catch(() => undefined);
  };
  const latestStop = useRef(stop);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
      latestStop.current();
    };
  }, []);
  const begin = async (): Promise<void> => {
    if (going.current) return;
    going.current = true;
    setState({ share: 0 });
    const onShare = listener((share: number) => {
      if (going.current && here.current) setState({ share });
    });
    const end = await measure(onShare).then(
      (): State => ({}),
      (error: unknown): State => {
        const failure = failureOf(error);
        return failure.code === "aborted" ? { stopped: true } : { failure };
      },
    );
    going.current = false;
    if (here.current) setState(end);
  };
  return { ...state, begin: () => void begin(), stop };
}

export function MeasuringButtons({ begin, stop, share, failure, stopped }: Measuring): VNode {
  const text = read(measureText);
  return (
    <>
      <div class="row">
        {share === undefined ? (
          <button type="button" class="primary" onClick={begin}>
            {text.measure}
          </button>
        ) : (
          <button type="button" onClick={stop}>
            {text.stop}
          </button>
        )}
        <span role="status">{stopped ? text.stopped : ""}</span>
      </div>
      {share !== undefined && <Progress label={text.measuring} share={share} />}
      {failure && <FailureNotice failure={failure} />}
      <p class="fine">{text.random}</p>
    </>
  );
}
