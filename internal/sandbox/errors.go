package sandbox

import (
	"fmt"
	"net/http"
)

// An apiError is a refusal as Stytch words it. The HTTP status and the body's status_code are the same number.
type apiError struct {
	Status  int
	Type    string // Stytch's error_type
	Message string
}

// Error makes an apiError usable where Go wants an error.
func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Type, e.Message) }

func badRequest(kind, format string, args ...any) *apiError {
	return &apiError{http.StatusBadRequest, kind, fmt.Sprintf(format, args...)}
}

func notFound(kind, format string, args ...any) *apiError {
	return &apiError{http.StatusNotFound, kind, fmt.Sprintf(format, args...)}
}

func unauthorized(message string) *apiError {
	return &apiError{http.StatusUnauthorized, "unauthorized_credentials", message}
}

func internalError(message string) *apiError {
	return &apiError{http.StatusInternalServerError, "internal_server_error", message}
}

// body is the JSON form of the error, without the request ID.
func (e *apiError) body() answer {
	return answer{
		"status_code":   e.Status,
		"error_type":    e.Type,
		"error_message": e.Message,
		"error_url":     fmt.Sprintf("https://stytch.com/docs/b2b/api/errors/%d#%s", e.Status, e.Type),
	}
}
