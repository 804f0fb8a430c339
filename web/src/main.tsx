/** The page's script. */
import { render } from "preact";
import { App } from "./app.tsx";
import { keepForLater } from "./keep-for-later.ts";
import { language, setLanguage } from "./text/language.ts";
import { applyTheme } from "./theme.ts";
import "./style.css";

setLanguage(language.value);
applyTheme();
render(<App />, document.getElementById("app")!);

if (import.meta.env.PROD) keepForLater();
