"""How tables and figures look: LaTeX, HTML, Markdown, numbers as text, the style of plots."""
