// The classic notebook's side of front_ends.py: what a test does that is not a click of its own.
window.rig = {
  notebook: () => window.Jupyter?.notebook,

  ready() {
    const notebook = this.notebook();
    if (!notebook?._fully_loaded || !notebook.kernel?.is_connected()) return false;
    // Set by the widgets extension, which loads on its own time.
    if (!("jupyter.widget" in notebook.kernel.comm_manager.targets)) return false;
    return this.restored() && this.heard() && this.idle();
  },

  // Once the extension has asked the kernel for its widgets, it draws the outputs with a widget
  // again, and those of a cell that has run meanwhile are gone. Where it fails, it draws nothing.
  drawn: false,
  waited: 0,

  restored() {
    const outputs = this.notebook().get_cells().flatMap((cell) => cell.output_area?.outputs ?? []);
    if (!outputs.some(({ data }) => data && "application/vnd.jupyter.widget-view+json" in data))
      return true;
    this.waited ||= performance.now();
    return this.drawn || performance.now() - this.waited > 10_000;
  },

  // The server hands on outputs only some time after it opened the channels or restarted the
  // kernel: what a cell prints before that is lost. So ask until an answer comes on that way.
  probe: { answered: false, asked: 0 },

  heard() {
    const { probe } = this;
    if (!probe.answered && performance.now() - probe.asked > 500) {
      probe.asked = performance.now();
      const status = () => (probe.answered = true);
      const { kernel } = this.notebook();
      kernel.send_shell_message("kernel_info_request", {}, { iopub: { status } });
    }
    return probe.answered;
  },

  idle() {
    const notebook = this.notebook();
    const running = notebook.get_cells().some((cell) => cell.element.hasClass("running"));
    return notebook.kernel.is_connected() && !notebook.kernel_busy && !running;
  },

  finished(cell) {
    const { events } = this.notebook();
    return new Promise((resolve) => {
      const check = (_, data) => {
        if (data.cell !== cell) return;
        events.off("finished_execute.CodeCell", check);
        resolve();
      };
      events.on("finished_execute.CodeCell", check);
    });
  },

  async run(index) {
    const notebook = this.notebook();
    const cell = notebook.get_cell(index);
    const finished = this.finished(cell);
    notebook.execute_cells([index]);
    await finished;
  },

  async runAll() {
    const notebook = this.notebook();
    const cells = notebook.get_cells().filter((cell) => cell.cell_type === "code");
    const finished = Promise.all(cells.map((cell) => this.finished(cell)));
    notebook.execute_all_cells();
    await finished;
  },

  async restart() {
    await this.notebook().restart_kernel({ confirm: false });
    this.probe = { answered: false, asked: 0 };
  },

  async save() {
    const { events } = this.notebook();
    const saved = new Promise((resolve) => events.one("notebook_saved.Notebook", resolve));
    window.Jupyter.menubar.actions.call("widgets:save-with-widgets");
    await saved;
  },

  // It has no themes; extensions and users' style sheets darken it like this.
  async theme(dark) {
    const style = document.getElementById("rig-theme") ?? document.createElement("style");
    style.id = "rig-theme";
    const grounds = "body, #site, #notebook, #notebook-container, .cell, .output_area";
    style.textContent = dark ? `${grounds} { background: #111 !important; color: #ddd; }` : "";
    document.head.append(style);
  },

  // What no key may change that is typed in a widget.
  standing() {
    const notebook = this.notebook();
    const cells = notebook.get_cells().map((cell) => [cell.cell_type, cell.get_text()]);
    const runs = notebook.get_cells().map((cell) => cell.input_prompt_number);
    const chosen = notebook.get_selected_cells_indices();
    return { active: notebook.get_selected_index(), mode: notebook.mode, cells, runs, chosen };
  },

  outputs(index) {
    return this.notebook().get_cell(index).output_area.toJSON();
  },
};

// As soon as there is a notebook, which takes no method of its own: the extension comes later.
const watch = setInterval(() => {
  const notebook = window.rig.notebook();
  if (!notebook) return;
  clearInterval(watch);
  const methods = Object.getPrototypeOf(notebook);
  const render = methods.render_cell_output;
  methods.render_cell_output = function (cell) {
    window.rig.drawn = true;
    return render.call(this, cell);
  };
}, 5);
