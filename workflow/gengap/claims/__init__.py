"""The paper's claims: what is known, the rules, the verdicts."""
