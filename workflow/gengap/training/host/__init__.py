"""The host: one process that trains several networks side by side on one GPU, each for a job of its own.

Kernels of two processes take turns on a GPU; those of two CUDA streams of one process run at the same time. So jobs
that share a GPU may hand their trainings to a host (`client`), which gives each a thread and a stream (`server`). A
training's log, errors and end come back to its job (`messages`), and it stops when its job stops.
"""
