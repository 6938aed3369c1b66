import { isObject } from "../wire/fit";

/** What the notebook's own terminals are set to. */
export interface NotebookSettings {
  reads?: boolean;
  size?: number;
  /** On macOS, Option is a terminal's Meta key. */
  optionIsMeta?: boolean;
}

const PLUGIN = "@jupyterlab/terminal-extension:plugin";
let asked: Promise<NotebookSettings> | undefined;

/** The settings of JupyterLab's terminals; the server has them, and nothing of a page shows them. */
async function ask(): Promise<NotebookSettings> {
  const config: unknown = JSON.parse(
    document.getElementById("jupyter-config-data")?.textContent ?? "{}",
  );
  const where = isObject(config) ? config.fullSettingsUrl : "";
  if (typeof where !== "string" || !where) return {};
  const address = new URL(`${where}/${PLUGIN}`, location.href);
  if (address.origin !== location.origin) return {};
  const answer: unknown = await (await fetch(address)).json();
  return readSettings(answer);
}

/** What an answer of JupyterLab's settings says: the user's own, else the defaults of its schema. */
export function readSettings(answer: unknown): NotebookSettings {
  const own = isObject(answer) && isObject(answer.settings) ? answer.settings : {};
  const schema = isObject(answer) && isObject(answer.schema) ? answer.schema : {};
  const properties = isObject(schema.properties) ? schema.properties : {};
  const value = (name: string): unknown => {
    const property = properties[name];
    return own[name] ?? (isObject(property) ? property.default : undefined);
  };
  const size = value("fontSize");
  return {
    reads: value("screenReaderMode") === true,
    size: typeof size === "number" ? size : undefined,
    optionIsMeta: value("macOptionIsMeta") === true,
  };
}

/** Asks once a page; where the notebook has no such settings, there are none. */
export async function notebookSettings(): Promise<NotebookSettings> {
  // VS Code says so to all of its pages.
  if (document.body.classList.contains("vscode-using-screen-reader")) return { reads: true };
  asked ??= ask().catch(() => ({}));
  return asked;
}
