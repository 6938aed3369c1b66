// JupyterLab's side of front_ends.py: what a test does to a notebook that is not a click of its own.
window.rig = {
  panel: () => window.jupyterapp?.shell?.currentWidget,

  ready() {
    const panel = this.panel();
    if (!panel?.sessionContext?.isReady || !panel.context.isReady) return false;
    return panel.content.widgets.length > 0 && this.idle();
  },

  idle() {
    const panel = this.panel();
    const running = panel.content.widgets.some(({ model }) => model.executionState === "running");
    return panel.sessionContext.session?.kernel?.status === "idle" && !running;
  },

  async run(index) {
    const { content } = this.panel();
    content.activeCellIndex = index;
    content.deselectAll();
    await window.jupyterapp.commands.execute("notebook:run-cell");
  },

  async runAll() {
    await window.jupyterapp.commands.execute("notebook:run-all-cells");
  },

  async restart() {
    await this.panel().sessionContext.restartKernel();
  },

  async save() {
    await window.jupyterapp.commands.execute("docmanager:save");
  },

  async theme(dark) {
    const theme = dark ? "JupyterLab Dark" : "JupyterLab Light";
    await window.jupyterapp.commands.execute("apputils:change-theme", { theme });
    const told = () => document.body.dataset.jpThemeLight === String(!dark);
    const splash = () => document.getElementById("jupyterlab-splash");
    // The style sheet comes after the command has ended.
    while (!told() || splash()) await new Promise(requestAnimationFrame);
  },

  // What no key may change that is typed in a widget.
  standing() {
    const { activeCellIndex, mode, widgets } = this.panel().content;
    const cells = widgets.map(({ model }) => [model.type, model.sharedModel.getSource()]);
    const runs = widgets.map(({ model }) => model.executionCount);
    const chosen = widgets.map((cell) => this.panel().content.isSelected(cell));
    return { activeCellIndex, mode, cells, runs, chosen };
  },

  outputs(index) {
    return this.panel().content.widgets[index].model.outputs.toJSON();
  },
};
