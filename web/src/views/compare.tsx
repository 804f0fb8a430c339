/** How alike pictures are: one is looked at, others are added and ordered by their likeness to it. */
import { type Signal, signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { engine } from "../engine/engine.ts";
import type { Failure, OpenedModel } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { useModel } from "../parts/model-choice.tsx";
import { Bar, FailureNotice } from "../parts/notices.tsx";
import { type NamedPicture, openSample, sampleNames } from "../parts/picture.ts";
import { PictureChooser } from "../parts/picture-chooser.tsx";
import { Thumbnail } from "../parts/thumbnail.tsx";
import { Vision } from "../parts/vision.tsx";
import { common } from "../text/common.ts";
import { read } from "../text/language.ts";
import { viewsText } from "../text/views.ts";

/** Pictures to compare with; they stay while other views are looked at. */
const others: Signal<readonly NamedPicture[]> = signal([]);

/** From this cosine of features on, pictures count as copies (docs/similar.md). */
const copyFrom = 0.8;

/** A picture with its likeness to the one that is looked at; undefined where it cannot be read. */
interface Compared {
  readonly picture: NamedPicture;
  readonly cosine: number | undefined;
}

export function Compare(): VNode {
  const text = read(viewsText);
  const { sampleNames: names } = read(common);
  // Beside the samples there is something to compare with from the start.
  useEffect(() => {
    if (others.value.length > 0) return;
    Promise.all(sampleNames.map((name) => openSample(name, names[name]))).then(
      (pictures) => {
        if (others.value.length === 0) others.value = pictures;
      },
      () => undefined,
    );
  }, []);
  return (
    <Vision
      verb="embed"
      settings=""
      ask={(picture) => engine().embed(picture)}
      say={() => text.compared}
      show={(vector) => <Comparison vector={vector} />}
    />
  );
}

function Comparison({ vector }: { readonly vector: Float32Array }): VNode {
  const text = read(viewsText);
  const { opened: model } = useModel("embed");
  const [failure, setFailure] = useState<Failure>();
  const [compared, setCompared] = useState<readonly Compared[]>([]);
  const pictures = others.value;
  useEffect(() => {
    if (model === undefined) return;
    let current = true;
    setFailure(undefined);
    const compare = async (): Promise<void> => {
      const found: Compared[] = [];
      for (const picture of pictures) {
        const other = await vectorOf(picture, model);
        if (!current) return;
        found.push({ picture, cosine: other && cosineOf(vector, other) });
      }
      found.sort((a, b) => (b.cosine ?? -2) - (a.cosine ?? -2));
      setCompared(found);
    };
    compare().catch((error: unknown) => current && setFailure(failureOf(error)));
    return () => {
      current = false;
    };
  }, [vector, pictures, model]);
  return (
    <>
      {failure && <FailureNotice failure={failure} />}
      <h2>{text.compared}</h2>
      <ol class="compared">
        {compared.map(({ picture, cosine }, index) => (
          <li key={index}>
            <Thumbnail file={picture.file} />
            <span class="label">{picture.name}</span>
            {cosine === undefined ? (
              <span>{text.unreadable(picture.name)}</span>
            ) : (
              <span class="value">
                {text.similarity(cosine.toFixed(2))}
                {cosine >= copyFrom && ` · ${text.copy}`}
              </span>
            )}
            {cosine !== undefined && <Bar value={Math.max(0, cosine)} />}
          </li>
        ))}
      </ol>
      <div class="row">
        <PictureChooser
          words={text.addPictures}
          multiple
          onPictures={(added) => {
            others.value = [...others.value, ...added];
          }}
        />
        <button type="button" onClick={() => (others.value = [])}>
          {text.clear}
        </button>
      </div>
    </>
  );
}

/** Vectors of a model as it was opened: one that is made again under its name has others. */
const known = new WeakMap<OpenedModel, WeakMap<NamedPicture, Float32Array>>();

/** A picture's vector by the model that is open; undefined where it cannot be read. */
async function vectorOf(
  picture: NamedPicture,
  model: OpenedModel,
): Promise<Float32Array | undefined> {
  const vectors = known.get(model) ?? new WeakMap<NamedPicture, Float32Array>();
  known.set(model, vectors);
  const kept = vectors.get(picture);
  if (kept !== undefined) return kept;
  try {
    const { result: vector } = await engine().embed(picture.file);
    vectors.set(picture, vector);
    return vector;
  } catch (error) {
    if (failureOf(error).code !== "invalid-image") throw error;
    return undefined;
  }
}

/** Of two vectors of length 1. */
function cosineOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * (b[i] ?? 0);
  return sum;
}
