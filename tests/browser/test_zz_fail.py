def test_fail(lab):
    nb = lab.open_notebook(["1+1"]); nb.run_cell(0)
    assert nb.cell_output_text(0) == "3"
