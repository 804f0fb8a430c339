/** What a network makes of the visitor's picture, block by block. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { engine, shareListener } from "../../engine/engine.ts";
import type { Failure } from "../../engine/engine-api.ts";
import { failureOf } from "../../engine/failure.ts";
import type { LookedAt, MapOutline, ShownChannels } from "../../engine/understand-api.ts";
import { useModels } from "../../parts/model-choice.tsx";
import { FailureNotice, Progress } from "../../parts/notices.tsx";
import { shownPicture, stopCamera } from "../../parts/picture.ts";
import { PictureInput } from "../../parts/picture-input.tsx";
import { saveFile } from "../../parts/save-file.ts";
import { Slider } from "../../parts/slider.tsx";
import { Painted, Still } from "../../parts/vision.tsx";
import { common } from "../../text/common.ts";
import { read } from "../../text/language.ts";
import { featuresText } from "../../text/understand-measures.ts";
import { Activation } from "./activation.tsx";
import { serialOf } from "./serial.ts";
import { Few, Row, Table } from "./tables.tsx";
import { useLatest } from "./use-latest.ts";

export function Features(): VNode {
  const text = read(featuresText);
  const words = read(common);
  const { models: all, failure: notListed, again } = useModels();
  const models = all?.filter(({ task }) => task === undefined || task === "classify");
  const [chosen, setChosen] = useState<string>();
  const model = chosen ?? models?.[0]?.name;
  const picture = shownPicture.value;
  const { looked, share, failure } = useLook(model, picture?.file);
  // Only pictures are looked at here.
  useEffect(stopCamera, []);
  return (
    <>
      <p>{text.about}</p>
      <div class="columns">
        <div>
          <PictureInput withCamera={false}>
            <Still file={picture?.file} name={picture?.name ?? ""} drawing={undefined} />
          </PictureInput>
          {looked && <Activation looked={looked} />}
        </div>
        <section class="result" aria-label={words.result}>
          {models !== undefined && models.length === 0 && <p>{words.noModel}</p>}
          {models !== undefined && models.length > 0 && (
            <label class="choice">
              <span>{words.model}</span>
              <select
                value={model ?? ""}
                onChange={({ currentTarget }) => setChosen(currentTarget.value)}
              >
                {models.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          {share?.loaded !== undefined && share.loaded < 1 ? (
            <Progress label={words.loading(model ?? "")} share={share.loaded} />
          ) : (
            share && <p class="fine">{words.working} …</p>
          )}
          {notListed && <FailureNotice failure={notListed} onAgain={again} />}
          {failure && <FailureNotice failure={failure} />}
          {picture === undefined && <p>{words.noPicture}</p>}
          {looked && <Maps looked={looked} model={model ?? ""} />}
        </section>
      </div>
    </>
  );
}

/** A picture that was looked at; another object for another one. */
interface Look {
  readonly looked?: LookedAt;
  /** While the model is on its way; `loaded` from 0 to 1, undefined where nobody knows. */
  readonly share?: { readonly loaded: number | undefined };
  readonly failure?: Failure;
}

function useLook(model: string | undefined, picture: Blob | undefined): Look {
  const [state, setState] = useState<Look>({});
  useEffect(() => {
    if (model === undefined || picture === undefined) return;
    let current = true;
    setState({ share: { loaded: undefined } });
    const onLoaded = shareListener((loaded) => {
      if (current) setState({ share: { loaded } });
    });
    engine()
      .look(model, picture, onLoaded)
      .then(
        (looked) => {
          if (!current) return;
          current = false;
          setState({ looked });
        },
        (error: unknown) => current && setState({ failure: failureOf(error) }),
      );
    return () => {
      current = false;
    };
  }, [model, picture]);
  return state;
}

/** Which map is looked at, from picture to picture. */
let lastPlace = 4;

function Maps({
  looked,
  model,
}: {
  readonly looked: LookedAt;
  readonly model: string;
}): VNode | null {
  const text = read(featuresText);
  const [moved, setMoved] = useState(lastPlace);
  const place = Math.min(moved, looked.maps.length - 1);
  const map = looked.maps[place];
  const serial = serialOf(looked);
  const { value, failure } = useLatest(
    async () => ({ map, ...(await engine().channels(map?.name ?? "")) }),
    map && `${serial} ${map.name}`,
  );
  const [notSaved, setNotSaved] = useState<Failure>();
  if (map === undefined) return null;
  const save = async (): Promise<void> => {
    try {
      saveFile(`${model}-${map.name}.npy`, await engine().mapFile(map.name));
      setNotSaved(undefined);
    } catch (error) {
      setNotSaved(failureOf(error));
    }
  };
  return (
    <>
      <Slider
        label={text.map}
        value={place}
        from={0}
        to={looked.maps.length - 1}
        step={1}
        shown={nameOf(map, text)}
        onChange={(next) => {
          lastPlace = next;
          setMoved(next);
        }}
      />
      {failure && <FailureNotice failure={failure} />}
      {value?.map && <Channels map={value.map} shown={value} />}
      <div class="row">
        <button type="button" onClick={save}>
          {text.save}
        </button>
      </div>
      {notSaved && <FailureNotice failure={notSaved} />}
    </>
  );
}

/** `block_3, 56 × 56 × 24, 8 bits`. */
function nameOf(map: MapOutline, text: typeof featuresText.en): string {
  const { name, rows, columns, channels, eightBits } = map;
  const shape = text.shape(rows, columns, channels);
  return [name, shape, ...(eightBits ? [text.eightBits] : [])].join(", ");
}

function Channels({
  map,
  shown: { channels, drawing, constant },
}: {
  readonly map: MapOutline;
  readonly shown: ShownChannels;
}): VNode {
  const text = read(featuresText);
  const shape = text.shape(map.rows, map.columns, map.channels);
  return (
    <>
      <p class="said" aria-live="polite">
        {map.name}, {shape}: {text.shown(channels.length, map.channels)}
        {constant > 0 && `; ${text.constant(constant)}`}
      </p>
      <Painted drawing={drawing} name={text.drawn(map.name, shape)} />
      <details>
        <summary>{text.channels}</summary>
        <Table heads={[text.channel, text.least, text.most, text.deviation]}>
          {channels.map(({ channel, least, most, deviation }) => (
            <Row
              key={channel}
              name={channel}
              cells={[least, most, deviation].map((value, i) => <Few key={i} value={value} />)}
            />
          ))}
        </Table>
      </details>
    </>
  );
}
