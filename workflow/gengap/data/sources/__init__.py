"""Where images come from: one module per source, loaded by the name that the config gives under `source`.

Each module has one public function, `read(options, root)`, which returns an `ImageDataset`: `options` are the
keys of the config entry other than `source`, `root` is the folder of torchvision's data sets. What the user
can mend is raised as `UserError`. Adding a source is adding a module here.
"""
