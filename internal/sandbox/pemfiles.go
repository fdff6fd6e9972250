package sandbox

import "slices"

// A pemFile is one public key of a PEM profile. The text is kept byte for byte and not parsed; the same text twice is
// two files, as Stytch's SDK tests show.
type pemFile struct {
	PEMFileID string `json:"pem_file_id"`
	PublicKey string `json:"public_key"`
}

func (s *Server) pemFileRoutes() {
	s.handle("POST "+profilePath+"/keys", write, createPEMFile, "public_key")
	s.handle("GET "+profilePath+"/keys/{pem_file_id}", read, getPEMFile)
	s.handle("DELETE "+profilePath+"/keys/{pem_file_id}", write, deletePEMFile)
}

func newPEMFile(e *environment, text string) pemFile {
	return pemFile{PEMFileID: e.newID("pem-file"), PublicKey: text}
}

func createPEMFile(c *call) (answer, *apiError) {
	profile, err := c.namedProfile()
	if err != nil {
		return nil, err
	}
	text, err := fieldOf[string](c, "public_key")
	switch {
	case err != nil:
		return nil, err
	case text.Value == "":
		return nil, badRequest("invalid_argument", "public_key is required.")
	case profile.PublicKeyType != keyTypePEM:
		return nil, badRequest("invalid_argument", "A %s profile has no PEM files.", profile.PublicKeyType)
	}
	made := newPEMFile(c.env, text.Value)
	profile.PEMFiles = append(profile.PEMFiles, made)
	c.saveEnvironment(c.env)
	return answer{"pem_file": made}, nil
}

func getPEMFile(c *call) (answer, *apiError) {
	profile, i, err := c.namedPEMFile()
	if err != nil {
		return nil, err
	}
	return answer{"pem_file": profile.PEMFiles[i]}, nil
}

func deletePEMFile(c *call) (answer, *apiError) {
	profile, i, err := c.namedPEMFile()
	if err != nil {
		return nil, err
	}
	if len(profile.PEMFiles) == 1 && !c.server.options.Knobs.LastPEMDeletable {
		return nil, badRequest("cannot_delete_last_pem_file", "A PEM profile keeps at least one PEM file.")
	}
	profile.PEMFiles = slices.Delete(profile.PEMFiles, i, i+1)
	c.saveEnvironment(c.env)
	return answer{}, nil
}

func (c *call) namedPEMFile() (*trustedTokenProfile, int, *apiError) {
	profile, err := c.namedProfile()
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(profile.PEMFiles, func(f pemFile) bool { return f.PEMFileID == c.param("pem_file_id") })
	if i < 0 {
		return nil, 0, notFound("pem_file_not_found", "The profile has no PEM file %q.", c.param("pem_file_id"))
	}
	return profile, i, nil
}
