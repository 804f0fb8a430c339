/** Examples from the camera: some frames a second, as long as a button is held or until it is pressed again. */
import { type Signal, signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { openCamera, stopCamera, stopStream } from "../parts/picture.ts";
import { common } from "../text/common.ts";
import { read } from "../text/language.ts";
import { teachText } from "../text/teach.ts";
import { addExample, roomIn, type TaughtClass } from "./examples.ts";

/** Milliseconds from one frame to the next: sooner they are all alike. */
const pause = 250;

/** A shorter press starts a recording that the next press ends. */
const tap = 350;

interface RecorderState {
  /** The class that it is for. */
  readonly id: string;
  readonly stream: MediaStream;
}

/** The camera, where one of the classes has it. */
export const recorder: Signal<RecorderState | undefined> = signal(undefined);

/** The class that is to have it, as soon as it may be used. */
let wanted: string | undefined;

/** While leave to use it is asked for, which is asked for once. */
let opening: Promise<void> | undefined;

/** Gives a class the camera. */
export async function startRecorder(id: string): Promise<void> {
  stopCamera();
  wanted = id;
  const stream = recorder.value?.stream;
  if (stream !== undefined) {
    recorder.value = { id, stream };
    return;
  }
  opening ??= open().finally(() => {
    opening = undefined;
  });
  await opening;
}

/** Opens it for the class that wants it by then. */
async function open(): Promise<void> {
  const stream = await openCamera();
  // Whoever has left meanwhile wants no light on.
  if (wanted === undefined) stopStream(stream);
  else recorder.value = { id: wanted, stream };
}

/** Stops it, and its light goes out. */
export function stopRecorder(): void {
  wanted = undefined;
  stopStream(recorder.value?.stream);
  recorder.value = undefined;
}

interface RecorderProps {
  readonly one: TaughtClass;
  readonly say: (words: string) => void;
  readonly onFailure: (failure: Failure) => void;
}

export function Recorder({ one, say, onFailure }: RecorderProps): VNode {
  const text = read(teachText);
  const { id, name } = one;
  const video = useRef<HTMLVideoElement>(null);
  const [recording, setRecording] = useState(false);
  const stream = recorder.value?.stream;

  useEffect(() => {
    const element = video.current;
    if (element === null || stream === undefined) return;
    element.srcObject = stream;
    element.play().catch(() => undefined);
  }, [stream]);

  useEffect(() => {
    if (!recording) return;
    let running = true;
    let added = 0;
    const record = async (element: HTMLVideoElement): Promise<void> => {
      while (running) {
        const began = performance.now();
        if (roomIn(id) <= 0) {
          onFailure({ code: "full", message: "" });
          setRecording(false);
          return;
        }
        if (element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
          await addExample(id, await createImageBitmap(element));
          added++;
        }
        const rest = Math.max(0, pause - (performance.now() - began));
        await new Promise((resolve) => setTimeout(resolve, rest));
      }
    };
    if (video.current !== null) {
      record(video.current).catch((error: unknown) => {
        setRecording(false);
        onFailure(failureOf(error));
      });
    }
    return () => {
      running = false;
      if (added > 0) say(text.added(added, name));
    };
  }, [recording]);

  return (
    <div class="recorder">
      <video ref={video} class="shown" muted playsInline aria-label={read(common).camera} />
      <RecordButton recording={recording} onChange={setRecording} />
      <p class="fine">{text.recordHint}</p>
    </div>
  );
}

interface RecordButtonProps {
  readonly recording: boolean;
  readonly onChange: (recording: boolean) => void;
}

/** Held by a pointer it records; pressed shortly, or by a key, it goes on until the next press. */
function RecordButton({ recording, onChange }: RecordButtonProps): VNode {
  const text = read(teachText);
  const press = useRef<{ readonly at: number; readonly started: boolean }>();
  const byPointer = useRef(false);
  const release = (): void => {
    const { at, started } = press.current ?? {};
    press.current = undefined;
    if (at === undefined) return;
    if (!started || performance.now() - at >= tap) onChange(false);
  };
  return (
    <button
      type="button"
      class={recording ? "record on" : "record"}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        byPointer.current = true;
        press.current = { at: performance.now(), started: !recording };
        onChange(true);
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={() => {
        byPointer.current = false;
      }}
      onClick={() => {
        if (!byPointer.current) onChange(!recording);
        byPointer.current = false;
      }}
    >
      {recording ? text.recording : text.record}
    </button>
  );
}
