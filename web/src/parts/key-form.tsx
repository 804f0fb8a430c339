/** Asks for the key that a host wants of who loads its models. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { engine } from "../engine/engine.ts";
import { common } from "../text/common.ts";
import { read } from "../text/language.ts";

export function KeyForm({ onKey }: { readonly onKey: () => void }): VNode {
  const text = read(common);
  const [key, setKey] = useState("");
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        void engine().unlock(key).then(onKey);
      }}
    >
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
