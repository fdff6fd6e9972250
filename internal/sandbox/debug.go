package sandbox

// Questions about the project that the credentials belong to.

func whoami(c *call) (answer, *apiError) {
	return answer{"project_id": c.env.ProjectID, "name": c.project.Name}, nil
}

func projectMetrics(c *call) (answer, *apiError) {
	organizations, members := c.env.counts()
	metric := func(kind string, count int) answer { return answer{"metric_type": kind, "count": count} }
	return answer{"project_id": c.env.ProjectID, "metrics": []answer{
		metric("USER_COUNT", 0), metric("ORGANIZATION_COUNT", organizations),
		metric("MEMBER_COUNT", members), metric("M2M_CLIENT_COUNT", len(c.env.M2MClients)),
	}}, nil
}
