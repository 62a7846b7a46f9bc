package wire

// What host and connector agree on before the first call: hashicorp/go-plugin's handshake.
const (
	CookieKey       = "CDP_CONNECTOR_COOKIE"
	CookieValue     = "b0c5a1de5f6c4f0b9a3f7a35e1c4d6f2"
	ProtocolVersion = 1
	PluginName      = "connector"
	// LifelineKey names the environment variable with the number of a file descriptor: the reading end of a pipe whose
	// other end only the host has. When it ends, the host is gone, however it went.
	LifelineKey = "CDP_LIFELINE_FD"
	// PrivateDirKey names the variable with a directory that is this process's alone and goes with it.
	PrivateDirKey = "CDP_PRIVATE_DIR"
)
