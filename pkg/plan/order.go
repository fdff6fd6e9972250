package plan

// An Operation is one step of one change, ready to be carried out.
type Operation struct {
	Change *Change
	Step   int
}

// Attributes are the attributes that the operation writes.
func (o Operation) Attributes() []Attribute {
	if step := o.Change.Steps[o.Step]; step.Attributes != nil {
		return step.Attributes
	}
	return o.Change.Attributes
}

// Phase orders operations: all of a lower phase have ended before one of a
// higher phase starts.
func (o Operation) Phase() int { return o.Change.Steps[o.Step].Phase }

// Needs are the operations that must have succeeded before this one is tried.
func (o Operation) Needs() []Need { return o.Change.Steps[o.Step].Needs }

// Operations lists what carries out the plan, in the order of the plan's
// changes; Phase and Needs say what may run at once.
func (p *Plan) Operations() []Operation {
	var operations []Operation
	for i := range p.Changes {
		for step := range p.Changes[i].Steps {
			operations = append(operations, Operation{Change: &p.Changes[i], Step: step})
		}
	}
	return operations
}
