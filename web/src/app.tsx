/** The frame around all views: which there are, and the settings of the page. */
import type { ComponentType, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { placeNames } from "./place.ts";
import { common } from "./text/common.ts";
import { type Language, language, languages, read, setLanguage } from "./text/language.ts";
import { setTheme, type Theme, theme, themeNames } from "./theme.ts";
import { views } from "./views/views.ts";

export function App(): VNode {
  const text = read(common);
  const [id] = placeNames();
  const view = views.find((each) => each.id === id) ?? views[0]!;
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        {text.skip}
      </button>
      <header>
        <p class="brand">
          <img src="./icon.svg" alt="" width="28" height="28" /> {text.title}
        </p>
        <nav aria-label={text.views}>
          <ul>
            {views.map((each) => (
              <li key={each.id}>
                <a href={`#/${each.id}`} aria-current={each === view ? "page" : undefined}>
                  {read(each.name)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Settings />
      </header>
      <Main
        key={view.id}
        name={read(view.name)}
        purpose={read(view.purpose)}
        Content={view.content}
      />
      <footer>
        <p>
          {text.purpose} <a href="./licences.txt">{text.licences}</a>
        </p>
      </footer>
    </>
  );
}

interface MainProps {
  readonly name: string;
  readonly purpose: string;
  readonly Content: ComponentType;
}

/** A view; who comes to it by a link is told so, since the page stays the same. */
function Main({ name, purpose, Content }: MainProps): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${name} · MobileNetV2`;
  }, [name]);
  useEffect(() => {
    if (visited) heading.current?.focus();
    visited = true;
  }, []);
  return (
    <main id="main" tabIndex={-1}>
      <h1 ref={heading} tabIndex={-1}>
        {name}
      </h1>
      <p class="purpose">{purpose}</p>
      <Content />
    </main>
  );
}

/** Whether a view was shown before. */
let visited = false;

function skip(): void {
  document.getElementById("main")?.focus();
}

function Settings(): VNode {
  const text = read(common);
  return (
    <div class="settings">
      <label>
        <span>{text.language}</span>
        <select
          value={language.value}
          onChange={({ currentTarget }) => setLanguage(currentTarget.value as Language)}
        >
          {Object.entries(languages).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{text.theme}</span>
        <select
          value={theme.value}
          onChange={({ currentTarget }) => setTheme(currentTarget.value as Theme)}
        >
          {themeNames.map((name) => (
            <option key={name} value={name}>
              {text.themes[name]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
