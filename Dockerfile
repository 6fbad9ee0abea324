# The environment and the workflow, to run on one machine:
#
#     docker build --tag gengap .
#     docker run --rm --gpus all --volume "$PWD/results:/gengap/results" gengap --cores all --resources gpu=4
#
FROM python:3.12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        git make texlive-latex-base texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /gengap
COPY requirements.txt .
RUN pip install --no-cache-dir --requirement requirements.txt
COPY . .
ENTRYPOINT ["python", "-m", "snakemake"]
CMD ["--cores", "all", "--configfile", "demo.yaml"]
