package plan

import (
	"errors"
	"fmt"
)

// validate checks what a reader and an apply rely on and the digest does not
// cover: that counts, names and order fit the changes.
func (p *Plan) validate() error {
	var counts Summary
	steps := map[Need]Step{}
	for _, c := range p.Changes {
		if err := c.validate(); err != nil {
			return err
		}
		if _, twice := steps[Need{Address: c.Address}]; twice {
			return fmt.Errorf("the plan has two changes of %s; make it anew", c.Address)
		}
		for i, s := range c.Steps {
			steps[Need{Address: c.Address, Step: i}] = s
		}
		counts.count(c.Action)
	}
	counts.Unchanged, counts.Undeclared = p.Summary.Unchanged, p.Summary.Undeclared
	if counts != p.Summary {
		return errors.New("the plan's summary does not count its changes; make it anew")
	}
	if p.Complete != (len(p.Unknown) == 0) {
		return errors.New("the plan contradicts itself on what could be read; make it anew")
	}
	for _, c := range p.Changes {
		if err := c.validateNeeds(steps); err != nil {
			return err
		}
	}
	return p.validateBlocks()
}

func (c *Change) validate() error {
	within, _, _ := c.Address.split()
	switch {
	case c.Action != Create && c.Action != Update && c.Action != Delete && c.Action != Restore:
		return fmt.Errorf("the plan has an unknown action for %s: %q", c.Address, c.Action)
	case c.Address != NewAddress(within, c.Kind, c.Key):
		return fmt.Errorf("%s is not the address of the %s %q; make the plan anew", c.Address, c.Kind, c.Key)
	case len(c.Steps) == 0:
		return fmt.Errorf("the plan says no way to carry out %s; make it anew", c.Address)
	}
	return c.validateSecrets()
}

func (c *Change) validateNeeds(steps map[Need]Step) error {
	for i, s := range c.Steps {
		if i > 0 && s.Phase <= c.Steps[i-1].Phase {
			return fmt.Errorf("the steps of %s are out of order; make the plan anew", c.Address)
		}
		for _, n := range s.Needs {
			needed, ok := steps[n]
			if !ok {
				return fmt.Errorf("%s needs step %d of %s, which the plan does not have; make it anew", c.Address, n.Step, n.Address)
			}
			if needed.Phase >= s.Phase {
				return fmt.Errorf("%s needs %s, which comes later; make the plan anew", c.Address, n.Address)
			}
		}
	}
	return nil
}

// validateBlocks checks that the changes and the plan name the same blocks.
func (p *Plan) validateBlocks() error {
	whole := map[string]bool{}
	for _, b := range p.Blocked {
		whole[b.ID] = true
	}
	for _, c := range p.Changes {
		for _, id := range c.BlockedBy {
			if !whole[id] {
				return fmt.Errorf("%s is blocked by %s, of which the plan says nothing; make it anew", c.Address, id)
			}
		}
	}
	return nil
}
