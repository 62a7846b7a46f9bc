-- step: answer a check
-- inputs: what the check reads, as the plan would leave it
-- outputs: the answer in the first column of the first row
{{fragment .SQL}}
