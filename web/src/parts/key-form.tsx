/** Asks for the key that a host wants of who loads its models. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { engine } from "../engine/engine.ts";
import { common } from "../text/common.ts";
import { read } from "../text/language.ts";

/** Whether one was given that was not the right one. */
let refused = false;

export function KeyForm({ onKey }: { readonly onKey: () => void }): VNode {
  const text = read(common);
  const [key, setKey] = useState("");
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        refused = true;
        void engine().unlock(key).then(onKey, onKey);
      }}
    >
      {refused && <p>{text.keyRefused}</p>}
      <label>
        {text.key}{" "}
        <input
          type="password"
          autocomplete="current-password"
          value={key}
          onInput={({ currentTarget }) => setKey(currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={key === ""}>
        {text.useKey}
      </button>
    </form>
  );
}
