package render

// Lines of commands whose answer is a text, or names of files.

type helpEvent struct {
	Type    string `json:"type"`
	Command string `json:"command"`
	Text    string `json:"text"`
}

// HelpEvent is the help of a command as a JSON line.
func HelpEvent(command, text string) any { return helpEvent{"help", command, text} }

type completionEvent struct {
	Type   string `json:"type"`
	Shell  string `json:"shell"`
	Script string `json:"script"`
}

// CompletionEvent is the script of a shell as a JSON line.
func CompletionEvent(shell, script string) any { return completionEvent{"completion", shell, script} }

type fileEvent struct {
	Type string `json:"type"` // written, kept, formatted
	File string `json:"file"`
}

// FileEvent is a file that something was done to as a JSON line: written, kept or formatted.
func FileEvent(what, file string) any { return fileEvent{what, file} }
