/** A view that looks at one picture, or at the camera's frames, with one model. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { sent } from "../engine/engine.ts";
import type { Answer, Failure, OpenedModel, Picture, Verb } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { common } from "../text/common.ts";
import { read } from "../text/language.ts";
import { beginModel, ModelSelect, useModel } from "./model-choice.tsx";
import { FailureNotice, Progress } from "./notices.tsx";
import { useObjectUrl } from "./object-url.ts";
import { camera, type NamedPicture, shownPicture, stopCamera } from "./picture.ts";
import { PictureInput } from "./picture-input.tsx";
import { ResultButtons } from "./result-buttons.tsx";

interface VisionProps<Result> {
  readonly verb: Verb;
  /** @param again - Whether the last answer was of this picture, by this model. */
  readonly ask: (picture: Picture, again: boolean) => Promise<Answer<Result>>;
  /** What an answer depends on besides picture and model. */
  readonly settings: string | number;
  readonly controls?: (model: OpenedModel) => ComponentChildren;
  /** The answer as people read it. */
  readonly show: (result: Result) => VNode;
  /** The answer in a line, for those who hear the page. */
  readonly say: (result: Result) => string;
}

/** What stands on the page. */
interface Shown<Result> extends Answer<Result> {
  readonly name: string;
  /** By which model, and of what. */
  readonly by: OpenedModel;
  readonly of: NamedPicture | MediaStream;
  readonly framesPerSecond?: number | undefined;
}

export function Vision<Result>(props: VisionProps<Result>): VNode {
  const { verb, ask, settings, controls, show, say } = props;
  const text = read(common);
  const { chosen, opened, share, failure: notOpened } = useModel(verb);
  const [answered, setAnswered] = useState<Shown<Result>>();
  const [failure, setFailure] = useState<Failure>();
  const [working, setWorking] = useState(false);
  const newestAsk = useRef(ask);
  newestAsk.current = ask;
  const newestAnswer = useRef(answered);
  newestAnswer.current = answered;
  const lastAnswer = useRef<Promise<unknown>>(Promise.resolve());
  const picture = shownPicture.value;
  const stream = camera.value;
  const looked = stream ?? picture;
  // Of another model or picture it says nothing about what is there now.
  const shown = answered?.by === opened && answered?.of === looked ? answered : undefined;

  useEffect(() => {
    setFailure(undefined);
    setWorking(false);
    if (opened === undefined || picture === undefined || stream !== undefined) return;
    let current = true;
    const look = async (): Promise<void> => {
      // A slider asks often: what was asked meanwhile and is not wanted any more is left out.
      await lastAnswer.current;
      if (!current) return;
      const { of, by } = newestAnswer.current ?? {};
      const answer = newestAsk.current(picture.file, of === picture && by === opened);
      lastAnswer.current = answer.catch(() => undefined);
      try {
        const got = await answer;
        if (current) setAnswered({ ...got, name: picture.name, by: opened, of: picture });
        else got.drawing?.close();
      } catch (error) {
        if (!current) return;
        setAnswered(undefined);
        setFailure(failureOf(error));
      }
      if (current) setWorking(false);
    };
    setWorking(true);
    void look();
    return () => {
      current = false;
    };
  }, [opened, picture, stream, settings]);

  const onFrame = async (frame: ImageBitmap): Promise<void> => {
    if (opened === undefined || stream === undefined) return frame.close();
    const began = performance.now();
    const answer = await newestAsk.current(sent(frame), false);
    const framesPerSecond = 1000 / (performance.now() - began);
    const about = { name: text.camera, framesPerSecond, by: opened, of: stream };
    setAnswered({ ...answer, ...about });
  };
  const drawing = answered?.drawing;
  useEffect(() => () => drawing?.close(), [drawing]);
  // Another view's camera is off.
  useEffect(() => stopCamera, []);

  return (
    <div class="columns">
      <div>
        <PictureInput>
          {stream === undefined ? (
            <Still file={picture?.file} name={picture?.name ?? ""} drawing={shown?.drawing} />
          ) : (
            <Live
              stream={stream}
              drawing={shown?.drawing}
              ready={opened !== undefined}
              onFrame={onFrame}
              onFailure={(error) => setFailure(failureOf(error))}
            />
          )}
        </PictureInput>
      </div>
      <section aria-label={text.result} class="result">
        <ModelSelect verb={verb} />
        {chosen !== undefined && opened === undefined && notOpened === undefined && (
          <Progress label={text.loading(chosen)} share={share} />
        )}
        {notOpened && <FailureNotice failure={notOpened} onAgain={() => void beginModel(verb)} />}
        {opened && controls?.(opened)}
        {working && <p class="fine">{text.working} …</p>}
        {failure && <FailureNotice failure={failure} />}
        <p class="heard" aria-live={stream === undefined ? "polite" : "off"}>
          {shown && !working ? `${text.resultOf(shown.name)}: ${say(shown.result)}` : ""}
        </p>
        {shown === undefined ? (
          picture === undefined && stream === undefined && <p>{text.noPicture}</p>
        ) : (
          <>
            {show(shown.result)}
            <p class="fine">
              {text.took(Math.round(shown.milliseconds))}
              {stream !== undefined &&
                shown.framesPerSecond !== undefined &&
                ` · ${text.rate(Math.round(shown.framesPerSecond * 10) / 10)}`}
            </p>
            <ResultButtons result={shown.result} drawing={shown.drawing} />
          </>
        )}
      </section>
    </div>
  );
}

interface StillProps {
  readonly file: Blob | undefined;
  readonly name: string;
  readonly drawing: ImageBitmap | undefined;
}

/** The picture, or the drawing of what was found. */
export function Still({ file, name, drawing }: StillProps): VNode {
  const url = useObjectUrl(file);
  if (drawing !== undefined) return <Painted drawing={drawing} name={name} />;
  return <>{url !== undefined && <img class="shown" src={url} alt={name} />}</>;
}

/** A drawing on a canvas of its size. */
export function Painted({
  drawing,
  name,
}: {
  readonly drawing: ImageBitmap;
  readonly name: string;
}): VNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current === null) return;
    canvas.current.width = drawing.width;
    canvas.current.height = drawing.height;
    canvas.current.getContext("2d")?.drawImage(drawing, 0, 0);
  }, [drawing]);
  return <canvas ref={canvas} class="shown" role="img" aria-label={name} />;
}

interface LiveProps {
  readonly stream: MediaStream;
  readonly drawing: ImageBitmap | undefined;
  readonly ready: boolean;
  readonly onFrame: (frame: ImageBitmap) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** The camera: one frame after another goes to the model, as fast as it answers. */
function Live({ stream, drawing, ready, onFrame, onFailure }: LiveProps): VNode {
  const text = read(common);
  const video = useRef<HTMLVideoElement>(null);
  const newest = useRef(onFrame);
  newest.current = onFrame;
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    element.srcObject = stream;
    element.play().catch(() => undefined);
    if (!ready) return;
    let running = true;
    const watch = async (): Promise<void> => {
      while (running) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        if (!running || element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) continue;
        await newest.current(await createImageBitmap(element));
      }
    };
    watch().catch((error: unknown) => running && onFailure(error));
    return () => {
      running = false;
    };
  }, [stream, ready]);
  return (
    <>
      <video
        ref={video}
        class="shown"
        muted
        playsInline
        hidden={drawing !== undefined}
        aria-label={text.camera}
      />
      {drawing !== undefined && <Painted drawing={drawing} name={text.camera} />}
    </>
  );
}
