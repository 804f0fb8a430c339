/** The picture that is looked at; it stays from view to view. */
import { type Signal, signal } from "@preact/signals";
import type { SampleName } from "../text/common.ts";

/** A picture as a file, by a name that people know. */
export interface NamedPicture {
  readonly name: string;
  readonly file: Blob;
}

/** What is being looked at. */
export const shownPicture: Signal<NamedPicture | undefined> = signal(undefined);

/** The camera's stream while it runs. */
export const camera: Signal<MediaStream | undefined> = signal(undefined);

/** Photographs that come with the page. */
export const sampleNames: readonly SampleName[] = ["chelsea", "coffee", "rocket", "astronaut"];

/** Opens one of them. */
export async function openSample(sample: SampleName, name: string): Promise<NamedPicture> {
  const response = await fetch(`./samples/${sample}.jpg`).catch((error: unknown) => {
    throw { code: "picture-network", message: String(error) };
  });
  if (!response.ok)
    throw { code: "picture-network", message: `${sample}.jpg: status ${response.status}` };
  return { name, file: await response.blob() };
}

/** Opens a camera; what goes wrong has a code of its own. */
export async function openCamera(): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) {
    throw { code: "camera-insecure", message: "no media devices without a secure context" };
  }
  try {
    const video = { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 } };
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    const { name, message } = Object(error);
    const denied = name === "NotAllowedError" || name === "SecurityError";
    throw { code: denied ? "camera-denied" : "camera-absent", message: `${name}: ${message}` };
  }
}

/** Ends a camera's stream, if there is one. */
export function stopStream(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** How often it was asked what is to be looked at: whoever waited for something may be too late. */
let asked = 0;

/** Starts the camera that is looked at; it goes off at once where something else was wanted meanwhile. */
export async function startCamera(): Promise<void> {
  asked++;
  const mine = asked;
  const stream = await openCamera();
  if (mine === asked) camera.value = stream;
  else stopStream(stream);
}

/** Stops it, and its light goes out. */
export function stopCamera(): void {
  asked++;
  stopStream(camera.value);
  camera.value = undefined;
}

/** Looks at a picture, once it is there, unless something else was wanted meanwhile. */
export async function showPicture(picture: NamedPicture | Promise<NamedPicture>): Promise<void> {
  stopCamera();
  const mine = asked;
  const shown = await picture;
  if (mine === asked) shownPicture.value = shown;
}

/** Files as pictures, by their names. */
export function picturesOf(files: FileList | null | undefined): readonly NamedPicture[] {
  return [...(files ?? [])].map((file) => ({ name: file.name, file }));
}
