/** Figure 3: the inverted residual, and what it is cheaper than. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { engine } from "../../engine/engine.ts";
import type { BlockCost, BlockSettings } from "../../engine/understand-api.ts";
import { FailureNotice } from "../../parts/notices.tsx";
import { Slider } from "../../parts/slider.tsx";
import { read } from "../../text/language.ts";
import { blockText } from "../../text/understand-figures.ts";
import { measureText } from "../../text/understand-measures.ts";
import { BlockDiagram, operationWords, shapeWords } from "./block-diagram.tsx";
import { Bytes, few, Large, Row, Table } from "./tables.tsx";
import { useLatest } from "./use-latest.ts";

/** Those of the published checkpoints. */
const widths = [0.35, 0.5, 0.75, 1, 1.3, 1.4] as const;

/** The third block of the 64-channel row of table 2. */
const usual: BlockSettings = {
  ...{ resolution: 14, inputChannels: 64, outputChannels: 64 },
  ...{ width: 1, expansion: 6, stride: 1 },
};

export function Block(): VNode {
  const text = read(blockText);
  const [settings, setSettings] = useState(usual);
  const { value, failure } = useLatest(() => engine().block(settings), JSON.stringify(settings));
  return (
    <>
      <p>{text.about}</p>
      <Controls settings={settings} onChange={setSettings} />
      {failure && <FailureNotice failure={failure} />}
      {value && <Costs costs={value} />}
    </>
  );
}

interface ControlsProps {
  readonly settings: BlockSettings;
  readonly onChange: (settings: BlockSettings) => void;
}

function Controls({ settings, onChange }: ControlsProps): VNode {
  const text = read(blockText);
  const { width } = settings;
  const times = width === 1 ? "" : ` × ${width}`;
  const sliders = [
    ["resolution", 7, 112, 7, ""],
    ["inputChannels", 8, 320, 8, times],
    ["outputChannels", 8, 320, 8, times],
    ["expansion", 1, 10, 1, ""],
  ] as const;
  const choices = [
    ["width", widths],
    ["stride", [1, 2]],
  ] as const;
  return (
    <fieldset class="controls">
      <legend>{text.settings}</legend>
      {sliders.map(([name, from, to, step, more]) => (
        <Slider
          key={name}
          label={text[name]}
          value={settings[name]}
          {...{ from, to, step }}
          shown={`${settings[name]}${more}`}
          onChange={(value) => onChange({ ...settings, [name]: value })}
        />
      ))}
      {choices.map(([name, offered]) => (
        <label key={name} class="choice">
          <span>{text[name]}</span>
          <select
            value={settings[name]}
            onChange={({ currentTarget }) =>
              onChange({ ...settings, [name]: Number(currentTarget.value) })
            }
          >
            {offered.map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </select>
        </label>
      ))}
    </fieldset>
  );
}

function Costs({ costs }: { readonly costs: readonly BlockCost[] }): VNode {
  const text = read(blockText);
  const widest = Math.max(...costs.flatMap(({ steps }) => steps.map(({ channels }) => channels)));
  return (
    <>
      <Compared costs={costs} />
      <p class="fine">{text.explained}</p>
      <div class="blocks">
        {costs.map((cost) => (
          <BlockDiagram key={cost.form} cost={cost} widest={widest} />
        ))}
      </div>
      <p class="fine">{text.hatched}</p>
      {costs.map((cost) => (
        <Steps key={cost.form} cost={cost} />
      ))}
    </>
  );
}

function Compared({ costs }: { readonly costs: readonly BlockCost[] }): VNode {
  const text = read(blockText);
  const { parameters, multiplyAdds } = read(measureText);
  const of = (form: BlockCost["form"]): BlockCost => costs.find((cost) => cost.form === form)!;
  const [inverted, full] = [of("inverted"), of("full")];
  const times = few(inverted.multiplyAdds / full.multiplyAdds);
  return (
    <>
      <p class="said" aria-live="polite">
        {text.said(inverted.multiplyAdds.toLocaleString("en"), times)} {shortcutWords(inverted)}
      </p>
      <Table
        wide={text.compared}
        heads={[text.form, parameters, multiplyAdds, text.largest, text.run, text.runFused]}
      >
        {costs.map((cost) => (
          <Row
            key={cost.form}
            data-form={cost.form}
            name={text.forms[cost.form]}
            cells={[
              <Large key="parameters" value={cost.parameters} />,
              <Large key="multiplyAdds" value={cost.multiplyAdds} />,
              <Bytes key="largest" value={cost.largestBytes} />,
              <Bytes key="unfused" value={cost.runBytes.unfused} />,
              <Bytes key="fused" value={cost.runBytes.fused} />,
            ]}
          />
        ))}
      </Table>
    </>
  );
}

function shortcutWords({ steps }: BlockCost): string {
  const text = read(blockText);
  if (steps.some(({ kind }) => kind === "add")) return text.shortcut;
  const [first, last] = [steps[0], steps.at(-1)];
  return text.noShortcut(first?.rows === last?.rows ? "channels" : "stride");
}

/** What the diagram shows, as a table. */
function Steps({ cost: { form, steps } }: { readonly cost: BlockCost }): VNode {
  const text = read(blockText);
  const { parameters, multiplyAdds } = read(measureText);
  return (
    <details>
      <summary>{text.steps(text.forms[form])}</summary>
      <Table heads={[text.operation, text.gives, parameters, multiplyAdds]}>
        {steps.map((step) => (
          <Row
            key={step.name}
            name={operationWords(step, steps)}
            cells={[
              shapeWords(step),
              <Large key="parameters" value={step.parameters} />,
              <Large key="multiplyAdds" value={step.multiplyAdds} />,
            ]}
          />
        ))}
      </Table>
    </details>
  );
}
