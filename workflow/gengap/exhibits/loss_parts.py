"""Which part of the rise of the training loss with the batch size is cross-entropy, and which is weight penalty."""

from gengap.analysis.loss import loss_parts
from gengap.config.plan import Plan
from gengap.config.subjects import result_tables, untitled
from gengap.exhibits.comparison import epochs_text
from gengap.exhibits.needs import PRINTED_RESULTS, Files, Needs, Subject, runs_of
from gengap.render.captions import shown_label
from gengap.render.exhibit import Table
from gengap.render.numbers import signed, whole_percent

KIND = "table"


def needs(plan: Plan) -> Needs:
    """Of all tables of results."""
    tables = untitled(result_tables(plan))
    return Needs({"tables": tables}, {"metrics": runs_of(tables)}, printed=PRINTED_RESULTS)


def make(subject: Subject, files: Files) -> Table:
    """Rise of the training loss from the smallest to the largest batch size, split into its two parts."""
    frame = loss_parts(files.loaded(subject["tables"]))
    rows = [
        [
            f"Table {row['table']}",
            f"{shown_label(row['smallest'])} … {shown_label(row['largest'])}",
            epochs_text(row["epochs"], row["paper_epochs"]),
            *(signed(row[f"{part}_rise"]) for part in ("train_loss", "train_cross_entropy", "weight_penalty")),
            whole_percent(row["penalty_share"]),
            signed(row["printed_rise"]),
        ]
        for row in frame.to_dict("records")
    ]
    caption = (
        "Training loss = cross-entropy + weight penalty. How much each part changes from the smallest to the largest"
        " batch size of a table, in nats, and the penalty's share of the loss's rise; a share above 100 % means that"
        " the cross-entropy falls. The printed rise is that of the paper's “loss” between the same two rows."
    )
    header = (
        *("Table", "Batch sizes", "Epochs", "Rise of the training loss", "of cross-entropy", "of weight penalty"),
        *("penalty's share", "printed rise"),
    )
    title = "What makes the training loss rise with the batch size"
    return Table(title, caption, header, rows, data=frame)
