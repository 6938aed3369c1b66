// What the webview of tests/kit/browser/page_vscode_outputs.js connects with, as VS Code does.
export { KernelConnection } from "@jupyterlab/services/lib/kernel/default";
export { ServerConnection } from "@jupyterlab/services";
